"""The refusals of the cryptography package: few, typed, never a False or None."""


class CryptoError(Exception):
    """Something cryptographic was refused; the text may be shown to a user."""


class InvalidSignature(CryptoError):
    """A signature does not belong to this content and this key."""


class InvalidKey(CryptoError):
    """Key material is malformed, out of range, off the curve or wrongly protected."""


class InvalidCertificate(CryptoError):
    """A certificate or CRL is not acceptable; the text says why."""


class InvalidCiphertext(CryptoError):
    """A ciphertext was changed, cut, moved elsewhere or made with another key."""


class SelfTestFailed(CryptoError):
    """A known-answer test gave another answer: the program must not go on."""


class ProviderUnavailable(CryptoError):
    """This machine lacks what a provider is built on."""
