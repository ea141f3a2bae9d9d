"""A test authority's files: for demo, tests and first trials; a customer brings a licensed CA."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from crypto.cert import Authority, Certificate, Profile, Subject, revoked_in
from crypto.sm2 import PrivateKey, PublicKey

UNIT = "上海市医疗急救中心"


@dataclass(frozen=True)
class Pki:
    """A folder with ca.crt, ca.key, ca.crl and whatever the authority issued."""

    folder: Path

    def create(self) -> None:
        """Make the authority, an empty CRL, and the server's, workstation's and log's keys."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        authority = Authority.create("急救中心测试根CA", 3650)
        self._write("ca.crt", authority.certificate.pem)
        self._write("ca.key", authority.private_key.to_pem())
        self.revoke([])
        names = ["localhost", "127.0.0.1"]
        self.issue("server", Profile.SERVER, Subject("localhost", unit=UNIT), san=names)
        self.issue("log", Profile.LOG, Subject("审计检查点", unit=UNIT))
        self.issue("workstation", Profile.WORKSTATION, Subject("WS-0001", "WS-0001", unit=UNIT))

    @property
    def authority(self) -> Authority:
        """The authority, to issue more."""
        key = PrivateKey.from_pem((self.folder / "ca.key").read_bytes())
        return Authority(self.certificate("ca"), key)

    def certificate(self, name: str) -> Certificate:
        """An issued certificate by file name."""
        return Certificate.from_pem((self.folder / f"{name}.crt").read_bytes())

    def issue(
        self, name: str, profile: Profile, subject: Subject, *, san: Sequence[str] = ()
    ) -> Certificate:
        """A fresh key and its certificate, written as name.key and name.crt."""
        key = PrivateKey.generate()
        certificate = self.authority.issue(profile, subject, key.public_key, 365, san=list(san))
        self._write(f"{name}.key", key.to_pem())
        self._write(f"{name}.crt", certificate.pem)
        return certificate

    def renew(self, name: str) -> Certificate:
        """A fresh key and certificate for who or what an issued one names, in its place."""
        old = self.certificate(name)
        profile = next(p for p in Profile if set(p.purposes) == old.purposes)
        subject = Subject(old.common_name, old.subject_serial, unit=UNIT)
        return self.issue(name, profile, subject, san=old.names)

    def issue_for(self, public_key: PublicKey, staff_no: str, name: str) -> Certificate:
        """A user certificate for a key that was made in a UKEY."""
        subject = Subject(f"{name} {staff_no}", staff_no, UNIT)
        return self.authority.issue(Profile.USER, subject, public_key, 365)

    def revoke(self, serials: Sequence[int], days: int = 7) -> int:
        """Write the list of revoked certificates anew, these added, good for so many days.

        Answers how many are on it. A running server takes the new file up by itself.
        """
        path = self.folder / "ca.crl"
        known = revoked_in(path.read_bytes()) if path.exists() else []
        there = {serial for serial, *_ in known}
        new = [(serial, "key_compromise") for serial in serials if serial not in there]
        pem = self.authority.revoke_list(self._next_crl(), [*known, *new], days)
        self._write("ca.crl", pem)
        return len(known) + len(new)

    def _next_crl(self) -> int:
        counter = self.folder / "crl.number"
        number = int(counter.read_text()) + 1 if counter.exists() else 1
        counter.write_text(str(number))
        return number

    def _write(self, name: str, data: bytes) -> None:
        """Put a file in its place at once: a server may read it at any moment."""
        path = self.folder / name
        new = path.with_name(f".{name}.new")
        new.touch(mode=0o600)
        new.write_bytes(data)
        os.replace(new, path)
