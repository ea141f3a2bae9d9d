"""The doctor's signature under a document, made at the key with or without a server.

A record is signed where the patient is, often without a network, and a signed call needs a nonce
of the server.  So what is signed there is the content itself (GM/T 0010), and the signature
travels with the record as data that the server, and anyone later, can verify.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Any, TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from client.core.pin import PinDialog
from client.core.ukey import KeyWorker
from crypto import cms
from crypto.cert import Certificate

T = TypeVar("T")


def sign_document(
    keys: KeyWorker,
    content: bytes,
    at: datetime,
    act: str,
    subject: str,
    parent: QWidget,
    done: Callable[[bytes], None],
) -> PinDialog:
    """Ask for the PIN and sign content; done gets a detached SignedData (DER)."""

    def work(key: Any, certificate: Certificate) -> bytes:
        return cms.sign(content, certificate, key.sign_digest, at)

    return _at_key(keys, act, subject, parent, work, done)


def sign_pdf(
    keys: KeyWorker,
    pdf: bytes,
    at: datetime,
    act: str,
    subject: str,
    parent: QWidget,
    done: Callable[[bytes], None],
) -> PinDialog:
    """Ask for the PIN and sign a PDF on the key's thread; done gets the signed PDF."""

    def work(key: Any, certificate: Certificate) -> bytes:
        from crypto import pdf as pdfs  # slow to import, and needed here only

        name = certificate.common_name
        return pdfs.sign(pdf, certificate, [], key.sign_digest, name, act, at=at)

    return _at_key(keys, act, subject, parent, work, done)


def _at_key(
    keys: KeyWorker,
    act: str,
    subject: str,
    parent: QWidget,
    work: Callable[[Any, Certificate], T],
    done: Callable[[T], None],
) -> PinDialog:
    dialog = PinDialog(keys, act, [subject], parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)

    def entered(pin: str) -> None:
        def visit(key: Any) -> T:
            certificate = Certificate.from_der(key.certificate())
            key.verify_pin(pin)
            return work(key, certificate)

        def signed(answer: T) -> None:
            dialog.accept()
            done(answer)

        keys.run(visit, dialog, signed, dialog.refused)

    dialog.entered.connect(entered)
    dialog.open()
    return dialog
