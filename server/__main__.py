"""The server's commands: python -m server serve | migrate | seed | verify-audit | …."""

import argparse
import logging
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path

from crypto import selftest
from server import certificates, config, seed, starting
from server.admin import first
from server.core import keys, logs, schema
from server.core.command_log import note
from server.core.errors import BusinessError
from server.core.opened import opened
from server.core.pki import Pki
from server.core.registry import Registry
from server.core.run import start
from server.core.run_files import COPY, log_certificate
from server.core.sealing import KEYRING
from server.core.verify import verify
from server.dispatch.importer import import_feed
from server.inventory import integrity, self_check
from server.services import SERVICES

log = logging.getLogger("server")
Command = Callable[[config.Settings, argparse.Namespace], int]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; answers the exit code."""
    asked = _parser().parse_args(arguments)
    try:
        settings = config.load(
            asked.config, home=asked.home, port=asked.port, workers=asked.workers
        )
    except (OSError, ValueError) as error:  # a TOML error is a ValueError
        return _refuse(f"配置有误：{error}")
    selftest.run()
    run: Command = asked.run
    try:
        return run(settings, asked)
    except Exception as error:
        text = starting.explained(error)
        if not text:
            raise
        log.debug("the command failed", exc_info=True)
        return _refuse(text)


def _refuse(*texts: str) -> int:
    print(*texts, sep="\n", file=sys.stderr)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m server", description="院前急救信息系统服务端")
    parser.add_argument("--config", type=Path, help="TOML 配置文件")
    parser.add_argument("--home", type=Path, help="密钥、证书、数据所在目录")
    parser.add_argument("--port", type=int, help="监听端口")
    parser.add_argument("--workers", type=int, help="工作进程数")
    commands = parser.add_subparsers(required=True, metavar="命令")
    for name, text, run in (
        ("init", "建立密钥、测试证书和数据库", init),
        ("serve", "启动服务", serve),
        ("migrate", "把数据库升级到最新结构", migrate),
        ("seed", "写入演示数据", seed_demo),
        ("verify-audit", "核验审计日志", verify_audit),
        ("check-stock", "夜间作业：效期提醒、库存账账核对", check_stock),
    ):
        commands.add_parser(name, help=text).set_defaults(run=run)
    crl = commands.add_parser("revoke", help="换发吊销列表，可同时吊销证书（只用于自建 CA）")
    crl.add_argument("serial", nargs="*", help="要吊销的证书序列号，十六进制，见“人员信息”")
    crl.add_argument("--days", type=int, default=30, help="新列表的有效天数")
    crl.set_defaults(run=certificates.revoke)
    ends = commands.add_parser("certificates", help="列出快到期的证书和吊销列表")
    ends.add_argument("--days", type=int, default=60, help="列出多少天内到期的")
    ends.set_defaults(run=certificates.show)
    anew = commands.add_parser("renew", help="续签服务器或工作站证书（只用于自建 CA）")
    anew.add_argument("name", choices=certificates.RENEWABLE, help="证书文件名")
    anew.set_defaults(run=certificates.renew)
    admins = commands.add_parser("first-admins", help="建立首批三名管理员（新装后只做一次）")
    admins.add_argument("--unit", required=True, help="单位名称")
    for kind, text in zip(first.KINDS, ("系统管理员", "安全管理员", "审计管理员"), strict=True):
        admins.add_argument(
            f"--{kind}", required=True, nargs=2, metavar=("工号", "姓名"), help=text
        )
    admins.set_defaults(run=first_admins)
    feed = commands.add_parser("import-dispatch", help="导入调度任务文件")
    feed.add_argument("file", type=Path)
    feed.set_defaults(run=import_dispatch)
    revision = commands.add_parser("revise", help="按模型写出新的数据库版本（开发用）")
    revision.add_argument("message")
    revision.set_defaults(run=revise)
    return parser


def init(settings: config.Settings, _: argparse.Namespace) -> int:
    """Keys, a test authority and an empty database; what is there stays."""
    if not (settings.home / "keys" / "keys.json").exists():
        keys.create(settings.home / "keys")
    if not settings.path(settings.roots).exists():
        Pki(settings.home / "pki").create()
    schema.upgrade(settings.database_url)
    return 0


def serve(settings: config.Settings, _: argparse.Namespace) -> int:
    """Serve until SIGTERM or SIGINT, then let running calls end."""
    logs.configure(settings.log_level)
    if refused := list(starting.refusals(settings)):
        return _refuse(*refused)
    for text in starting.warnings(settings):
        log.warning(text)
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    running = start(settings)
    print(f"服务已启动：{settings.host}:{running.port}", flush=True)
    stopping.wait()
    running.stop()
    return 0


def migrate(settings: config.Settings, _: argparse.Namespace) -> int:
    """Bring the database to the newest revision."""
    before = schema.revision(settings.database_url)
    schema.upgrade(settings.database_url)
    after = schema.revision(settings.database_url)
    if before != after:
        with opened(settings) as sessions, sessions.write() as db:
            note(db, datetime.now(UTC), "migrate", "升级数据库", 从=before or "", 到=after or "")
    return 0


def revise(settings: config.Settings, asked: argparse.Namespace) -> int:
    """Write a revision of what the models have and the database lacks."""
    schema.revise(settings.database_url, asked.message)
    return 0


def seed_demo(settings: config.Settings, _: argparse.Namespace) -> int:
    """Write demo people and records."""
    with opened(settings) as sessions, sessions.write() as db:
        seed.seed(db, datetime.now(UTC))
        note(db, datetime.now(UTC), "seed", "写入演示数据")
    return 0


def first_admins(settings: config.Settings, asked: argparse.Namespace) -> int:
    """Make the first three administrators; their passwords are shown here once."""
    now = datetime.now(UTC)
    people = {kind: first.Named(*getattr(asked, kind)) for kind in first.KINDS}
    try:
        with opened(settings) as sessions, sessions.write() as db:
            made = first.create(db, now, asked.unit, people, Registry(SERVICES).permissions())
            note(
                db, now, "first-admins", "建立首批管理员", 工号="、".join(m.staff_no for m in made)
            )
    except BusinessError as error:
        print(error)
        return 1
    for each in made:
        print(f"{each.role}　{each.staff_no} {each.name}　一次性密码：{each.password}")
    print("请分别交给本人；首次登录必须改密码，之后由系统管理员绑定 UKEY")
    return 0


def import_dispatch(settings: config.Settings, asked: argparse.Namespace) -> int:
    """Take over a feed file; every task in it or none, and either way it is logged."""
    now, name = datetime.now(UTC), asked.file.name
    with opened(settings) as sessions:
        try:
            with sessions.write() as db:
                report = import_feed(db, asked.file.read_text("utf-8"), now)
                note(db, now, "import-dispatch", "导入调度任务", 文件=name, 结果=str(report))
        except (BusinessError, OSError, UnicodeDecodeError) as error:
            print(error)
            with sessions.write() as db:
                note(db, now, "import-dispatch", "导入调度任务被拒", 文件=name, 原因=str(error))
            return 1
    print(report)
    return 0


def verify_audit(settings: config.Settings, _: argparse.Namespace) -> int:
    """Check the audit log; exit 1 names every broken place."""
    with opened(settings) as sessions, sessions.read() as db:
        key = log_certificate(settings).public_key
        verdict = verify(db, KEYRING.keys.audit, key, settings.home / COPY)
        missing, older = integrity.unlogged(db)
        books = [*integrity.broken(db), *missing]
    for finding in [*verdict.findings, *books]:
        print(finding)
    state = "完整" if not verdict.findings else "不完整"
    print(f"审计日志{state}：核验 {verdict.rows} 条记录、{verdict.checkpoints} 个检查点")
    state = "完整" if not books else "不完整"
    print(f"库存台账{state}" + (f"（{older} 笔过账早于日志，只核对封记）" if older else ""))
    return 1 if verdict.findings or books else 0


def check_stock(settings: config.Settings, _: argparse.Namespace) -> int:
    """The nightly job of the stores; exit 1 when balances are not what the ledger says."""
    with opened(settings) as sessions:
        check = self_check.run(sessions, datetime.now(UTC))
        with sessions.write() as db:
            note(db, datetime.now(UTC), "check-stock", "库存自检", 差异=check.differing)
    print(check.report, end="\n" if check.report else "")
    print(
        f"核对 {check.balances} 个结存、{check.moves} 笔流水：差异 {check.differing} 处；"
        f"新效期提醒 {check.notices} 条"
    )
    return 1 if check.differing else 0


if __name__ == "__main__":
    os.umask(0o077)  # what a server writes is nobody else's
    sys.exit(main())
