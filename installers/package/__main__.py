"""python -m installers.package [build | check | verify DIR | deb]: packages for other machines."""

import argparse
import subprocess
import sys
from pathlib import Path

from crypto.chain import Trust
from crypto.errors import CryptoError
from installers.package import build, check, deb, floor, licences, manifest, verify
from ukey.errors import CardError

_REFUSALS = (
    *(CryptoError, CardError, OSError, subprocess.SubprocessError),
    *(manifest.PackageBroken, licences.LicenceRefused, floor.TooNew, check.CheckFailed),
)
_CLIENT, _SERVER = build.DIST / "amb-client", build.DIST / "amb-server"


def main(arguments: list[str] | None = None) -> int:
    """Run one command, build by default; 0 done, 1 refused with the reason printed."""
    asked = _parser().parse_args(arguments)
    try:
        return int(asked.run(asked))
    except _REFUSALS as reason:
        print(f"未完成：{reason}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m installers.package", description="打包")
    _add_signing(parser)
    parser.set_defaults(run=_build)
    commands = parser.add_subparsers(metavar="命令")
    commands.add_parser("build", help="打包、列清单、签名、试运行（默认）").set_defaults(run=_build)
    trust = argparse.ArgumentParser(add_help=False)
    trust.add_argument("--roots", type=Path, default=build.TEST_PKI / "ca.crt", help="根证书")
    trust.add_argument("--crl", type=Path, default=build.TEST_PKI / "ca.crl", help="吊销列表")
    trial = commands.add_parser("check", parents=[trust], help="试运行 dist/ 中的两个包")
    trial.set_defaults(run=_check)
    whole = commands.add_parser("verify", parents=[trust], help="核验一个安装目录")
    whole.add_argument("folder", type=Path)
    whole.set_defaults(run=lambda a: verify.report(a.folder, Trust(a.roots, a.crl)))
    commands.add_parser("deb", help="把 dist/ 中的包做成 .deb").set_defaults(run=_deb)
    return parser


def _add_signing(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--key", type=Path, help="发布密钥（PEM）；不给则用测试密钥")
    parser.add_argument("--certificate", type=Path, help="发布证书（PEM）")
    parser.add_argument("--ukey", action="store_true", help="用发布 UKEY 签名")
    parser.add_argument("--glibc", default="", help="目标系统的 glibc，如 2.28；需要更新的就拒绝")


def _build(asked: argparse.Namespace) -> int:
    if (asked.key or asked.ukey) and build.git_id().endswith("-dirty"):
        raise manifest.PackageBroken(["源代码有未提交的改动，不能发布"])
    with build.signing(asked.key, asked.certificate, ukey=asked.ukey) as signer:
        for kind in build.KINDS:
            folder = build.build(kind, signer, asked.glibc)
            print(f"{folder}：{build.size(folder) / 1e6:.0f} MB，需要 glibc {floor.of(folder)}")
    if asked.key or asked.ukey:
        print("请用发布机构的根证书试运行：python -m installers.package check --roots … --crl …")
        return 0
    return _check(_parser().parse_args(["check"]))


def _check(asked: argparse.Namespace) -> int:
    check.check(_CLIENT, _SERVER, Trust(asked.roots, asked.crl))
    print("两个包都能运行。")
    return 0


def _deb(_: argparse.Namespace) -> int:
    for made in deb.build(_CLIENT, _SERVER, build.DIST):
        print(f"{made}：{made.stat().st_size / 1e6:.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
