"""The administrator's commands: python -m ukey list | info | init | change-pin | unblock | demo."""

import argparse
import getpass
import logging
import sys
from datetime import timedelta, timezone
from pathlib import Path

from crypto.cert import Certificate, Subject
from crypto.errors import CryptoError
from ukey import issuing
from ukey.errors import SW, CardError
from ukey.key import Ukey, tokens

_SHANGHAI = timezone(timedelta(hours=8))
_NOT_ISSUED = frozenset({SW.NO_CONTAINER_NAME, SW.NO_CERTIFICATE, SW.NO_KEY, SW.NO_OBJECT})


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 done, 1 refused with the reason printed."""
    logging.basicConfig(format="注意：%(message)s", level=logging.WARNING)
    options = _parser().parse_args(arguments)
    try:
        options.run(options)
    except (CardError, CryptoError, OSError, ValueError) as reason:
        print(f"未完成：{reason}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m ukey", description="UKEY 发放与维护")
    commands = parser.add_subparsers(required=True, metavar="命令")
    commands.add_parser("list", help="列出插有 UKEY 的读卡器").set_defaults(run=_list)
    commands.add_parser("info", help="显示 UKEY 与证书").set_defaults(run=_info)
    commands.add_parser("change-pin", help="修改 PIN").set_defaults(run=_change_pin)
    commands.add_parser("unblock", help="用管理员 PIN 解锁并重设 PIN").set_defaults(run=_unblock)
    _add_init(commands.add_parser("init", help="发放：在 UKEY 内生成密钥并写入证书"))
    demo = commands.add_parser("demo", help="用软件 UKEY 演示插入、签名、输错 PIN、拔出")
    demo.add_argument("--in-process", action="store_true", help="不使用 PC/SC 服务")
    demo.set_defaults(run=_demo)
    _add_virtual(commands.add_parser("virtual", help="软件 UKEY（仅供演示和测试）"))
    return parser


def _add_init(command: argparse.ArgumentParser) -> None:
    command.add_argument("--staff", required=True, metavar="工号")
    command.add_argument("--name", required=True, metavar="姓名")
    command.add_argument("--unit", metavar="部门")
    command.add_argument("--ca", required=True, type=Path, help="存放 ca.crt 和 ca.key 的目录")
    command.add_argument("--days", type=int, default=issuing.DAYS, help="证书有效天数")
    command.add_argument("--replace", action="store_true", help="覆盖 UKEY 中已有的密钥和证书")
    command.set_defaults(run=_init)


def _add_virtual(command: argparse.ArgumentParser) -> None:
    actions = command.add_subparsers(required=True, metavar="操作")
    create = actions.add_parser("create", help="新建软件 UKEY 文件")
    create.add_argument("file", type=Path)
    create.add_argument("--label", required=True)
    create.add_argument("--serial", required=True)
    create.set_defaults(run=_virtual_create)
    insert = actions.add_parser("insert", help="插入 AMB_VIRTUAL_UKEY 所指目录的软件读卡器")
    insert.add_argument("file", type=Path)
    insert.set_defaults(run=_virtual_insert)
    actions.add_parser("remove", help="从软件读卡器拔出").set_defaults(run=_virtual_remove)


def _list(_: argparse.Namespace) -> None:
    names = tokens().readers()
    for name in names:
        print(name)
    if not names:
        print("没有插入 UKEY。")


def _info(_: argparse.Namespace) -> None:
    with tokens().open() as key:
        _print_info(key)


def _print_info(key: Ukey) -> None:
    info = key.info()
    pin = f"还可尝试 {info.pin_retries} 次" if info.pin_retries else "已锁定，请联系管理员解锁"
    print(f"读卡器：{info.reader}")
    print(f"UKEY：{info.label}  序列号：{info.serial}  厂商：{info.manufacturer}")
    print(f"PIN：{pin}{'（初始 PIN，请尽快修改）' if info.pin_default else ''}")
    certificate = _certificate(key)
    if certificate is None:
        print("证书：尚未发放")
        return
    until = certificate.not_after.astimezone(_SHANGHAI).strftime("%Y-%m-%d")
    print(f"证书：{certificate.common_name}（{certificate.subject_serial or '无工号'}）至 {until}")


def _certificate(key: Ukey) -> Certificate | None:
    """The certificate in a token, None where the token is not handed out yet."""
    try:
        return Certificate.from_der(key.certificate())
    except CardError as error:
        if error.sw in _NOT_ISSUED:
            return None
        raise


def _init(options: argparse.Namespace) -> None:
    password = _ask("CA 私钥口令") if issuing.is_protected(options.ca) else None
    authority = issuing.authority(options.ca, password.encode() if password else None)
    with tokens().open() as key:
        if not options.replace and (old := _certificate(key)) is not None:
            raise CardError(0, f"UKEY 已发放给 {old.common_name}；确需覆盖请加 --replace")
        subject = Subject(options.name, options.staff, options.unit)
        made = issuing.issue(key, _ask("PIN"), authority, subject, options.days)
        _print_info(key)
    print(f"已发放，证书指纹 {made.fingerprint}")


def _change_pin(_: argparse.Namespace) -> None:
    with tokens().open() as key:
        key.change_pin(_ask("原 PIN"), _ask_twice("新 PIN"))
    print("PIN 已修改。")


def _unblock(_: argparse.Namespace) -> None:
    with tokens().open() as key:
        key.unblock(_ask("管理员 PIN"), _ask_twice("新 PIN"))
    print("PIN 已重设，请通知持有人尽快自行修改。")


def _demo(options: argparse.Namespace) -> None:
    from ukey.virtual.demo import run

    run(in_process=options.in_process)


def _virtual_create(options: argparse.Namespace) -> None:
    from ukey.virtual.card import VirtualCard

    if options.file.exists():
        raise CardError(0, f"文件已存在：{options.file}")
    pin, admin = _ask_twice("初始 PIN"), _ask_twice("管理员 PIN")
    VirtualCard.create(options.file, options.label, options.serial, pin, admin)
    print(f"已新建软件 UKEY：{options.file}")


def _virtual_insert(options: argparse.Namespace) -> None:
    from ukey.virtual.card import VirtualCard
    from ukey.virtual.inprocess import configured

    configured().insert(VirtualCard(options.file))
    print("已插入。")


def _virtual_remove(_: argparse.Namespace) -> None:
    from ukey.virtual.inprocess import configured

    configured().remove()
    print("已拔出。")


def _ask(what: str) -> str:
    """A secret from the keyboard unseen, or a line of a script's input."""
    if sys.stdin.isatty():
        return getpass.getpass(f"{what}：")
    line = sys.stdin.readline()
    if not line:
        raise ValueError(f"没有输入{what}")
    return line.rstrip("\n")


def _ask_twice(what: str) -> str:
    first = _ask(what)
    if _ask(f"再次输入{what}") != first:
        raise ValueError(f"两次输入的{what}不一致")
    return first


if __name__ == "__main__":
    sys.exit(main())
