"""Verification for anyone: python -m crypto verify-pdf | verify-cms | selftest."""

import argparse
import logging
import sys
from datetime import datetime, timedelta, timezone
from pathlib import Path

from crypto import cms, pdf, provider, selftest
from crypto.cert import Certificate
from crypto.chain import Trust
from crypto.errors import CryptoError

_DEMO = Path("var/demo/pki")
_SHANGHAI = timezone(timedelta(hours=8))


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 means valid, 1 refused with the reason printed."""
    options = _parser().parse_args(arguments)
    logging.getLogger("pyhanko").addHandler(logging.NullHandler())  # the refusal says it in Chinese
    try:
        options.run(options)
    except (CryptoError, OSError) as reason:
        print(f"未通过：{reason}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m crypto", description="签名验证与密码自检")
    commands = parser.add_subparsers(required=True, metavar="命令")
    trust = argparse.ArgumentParser(add_help=False)
    trust.add_argument("file", type=Path, help="要验证的文件")
    trust.add_argument("--roots", type=Path, default=_DEMO / "ca.crt", help="根证书（PEM）")
    trust.add_argument("--crl", type=Path, default=_DEMO / "ca.crl", help="吊销列表（PEM）")
    pdf_command = commands.add_parser("verify-pdf", parents=[trust], help="验证 PDF 上的签名")
    pdf_command.set_defaults(run=_verify_pdf)
    cms_command = commands.add_parser("verify-cms", parents=[trust], help="验证 GM/T 0010 签名")
    cms_command.add_argument("--content", type=Path, help="签名不含原文时，原文所在的文件")
    cms_command.set_defaults(run=_verify_cms)
    commands.add_parser("selftest", help="密码自检").set_defaults(run=_selftest)
    return parser


def _verify_pdf(options: argparse.Namespace) -> None:
    trust = Trust(options.roots, options.crl)
    for each in pdf.verify(options.file.read_bytes(), trust):
        _print_signer(each.certificate, each.signing_time)
        print(f"  署名：{each.name or '无'}  理由：{each.reason or '无'}")
    print("签名有效，文件自签名后没有改动。")


def _verify_cms(options: argparse.Namespace) -> None:
    trust = Trust(options.roots, options.crl)
    content = options.content.read_bytes() if options.content else None
    signed = cms.verify(options.file.read_bytes(), content, trust)
    _print_signer(signed.certificate, signed.signing_time)
    print("签名有效，内容自签名后没有改动。")


def _selftest(_: argparse.Namespace) -> None:
    selftest.run()
    print(f"密码自检通过（SM2、SM3、SM4；{provider.current().name}）。")


def _print_signer(certificate: Certificate, at: datetime | None) -> None:
    number = f"（{certificate.subject_serial}）" if certificate.subject_serial else ""
    when = at.astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S") if at else "未注明"
    print(f"签名人：{certificate.common_name}{number}  签名时间：{when}（北京时间）")
    print(f"  证书：{certificate.fingerprint}")


if __name__ == "__main__":
    sys.exit(main())
