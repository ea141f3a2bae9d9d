"""The refusals of printing; their texts are Chinese and may be shown to a user."""


class PrintError(Exception):
    """A form cannot be drawn; the text says why and what to do next."""


class FontsMissing(PrintError):
    """A font the forms are drawn with is not on this machine."""

    def __init__(self, family: str, package: str) -> None:
        super().__init__(
            f"缺少打印字体“{family}”，无法生成打印文件。"
            f"请安装软件包 {package}（命令：sudo apt install {package}），然后重新打印。"
        )
        self.family = family
        self.package = package


class NotEncodable(PrintError):
    """A bar code or QR code cannot carry this text."""


class AmountTooLarge(PrintError):
    """An amount of money is beyond what capital characters are defined for."""
