"""Is an installed package whole and ours?  amb-verify [DIR] --roots FILE --crl FILE."""

import argparse
import sys
from datetime import timedelta, timezone
from pathlib import Path

from crypto.chain import Trust
from crypto.errors import CryptoError
from installers.package import manifest

_SHANGHAI = timezone(timedelta(hours=8))


def main(arguments: list[str] | None = None) -> int:
    """Print the verdict; 0 whole, 1 not."""
    parser = argparse.ArgumentParser(prog="amb-verify", description="核验安装包完整性和来源")
    parser.add_argument(
        "folder", nargs="?", type=Path, default=Path(sys.executable).parent, help="安装目录"
    )
    parser.add_argument("--roots", type=Path, required=True, help="发布者根证书（PEM）")
    parser.add_argument("--crl", type=Path, required=True, help="吊销列表（PEM）")
    asked = parser.parse_args(arguments)
    try:
        return report(asked.folder, Trust(asked.roots, asked.crl))
    except CryptoError as error:
        print(f"未通过：{error}", file=sys.stderr)
        return 1


def report(folder: Path, trust: Trust) -> int:
    """Verify one package and say what was found; 0 whole, 1 not."""
    try:
        release, signed = manifest.verify(folder, trust)
    except manifest.PackageBroken as broken:
        for finding in broken.findings:
            print(finding, file=sys.stderr)
        print(f"未通过：{folder} 不能使用，请用原安装包重新安装并报告管理员", file=sys.stderr)
        return 1
    assert signed.signing_time is not None
    when = signed.signing_time.astimezone(_SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
    print(f"{release.product} {release.version}（{release.git}）完整无改动")
    print(f"  签名人 {signed.certificate.common_name}，北京时间 {when}")
    return 0
