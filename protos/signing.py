"""The texts that are signed, built alike on both sides, and the names of our call metadata.

Every text begins with a fixed tag of its own and every part is preceded by its length, so that
no signed text can be read as another (GB/T 15843.3 for the login, RFC 9266 for the binding).
"""

from google.protobuf.descriptor import MethodDescriptor

from protos import facts

SESSION = "amb-session-bin"  # the session id
REQUEST = "amb-request"  # the client's id of a write: a repeated one gets the first answer
NONCE = "amb-nonce-bin"  # of a signed call
SIGNATURE = "amb-signature-bin"  # of a signed call, DER
CHANGED = "amb-changed"  # trailing: full names of the services whose records changed, by comma
FAULTS = "amb-faults-bin"  # trailing: common.Faults
ERROR_ID = "amb-error-id"  # trailing: the number a user can quote

_LOGIN = b"AMB-LOGIN-V1\0"
_WELCOME = b"AMB-LOGIN-OK-V1\0"
_CALL = b"AMB-CALL-V1\0"


def _parts(tag: bytes, *parts: bytes) -> bytes:
    return tag + b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def login_text(
    transaction: bytes,
    client_random: bytes,
    server_random: bytes,
    server_name: str,
    server_certificate_sm3: bytes,
    workstation_certificate_sm3: bytes,
    exporter: bytes,
    user_serial: int,
) -> bytes:
    """What the UKEY signs to log in; the two hashes are SM3 of the certificates' DER."""
    return _parts(
        _LOGIN,
        transaction,
        client_random,
        server_random,
        server_name.encode(),
        server_certificate_sm3,
        workstation_certificate_sm3,
        exporter,
        str(user_serial).encode(),
    )


def welcome_text(
    server_random: bytes, client_random: bytes, staff_no: str, session_id: bytes
) -> bytes:
    """What the server signs in answer, so that the client knows it too."""
    return _parts(_WELCOME, server_random, client_random, staff_no.encode(), session_id)


def call_text(method: MethodDescriptor, nonce: bytes, request_id: str, request: bytes) -> bytes:
    """What the UKEY signs for a signed call; request is the message's bytes as sent."""
    path = facts.method_path(method).encode()
    return _parts(_CALL, path, nonce, request_id.encode(), request)
