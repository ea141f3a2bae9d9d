"""SM TLS (RFC 8998) around gRPC: a front for servers and a tunnel for clients.

grpcio's own TLS has no SM suites, so grpcio speaks plain HTTP/2 over a private Unix socket, and
between the machines the bytes travel in TLS 1.3 with TLS_SM4_GCM_SM3, curveSM2 and sm2sig_sm3,
both ends proving themselves by certificate.
"""

from crypto.tls.context import TlsError, TlsFiles, library_version
from crypto.tls.front import Front
from crypto.tls.peers import Peer, Peers
from crypto.tls.tunnel import Tunnel

__all__ = ["Front", "Peer", "Peers", "TlsError", "TlsFiles", "Tunnel", "library_version"]
