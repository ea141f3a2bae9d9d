"""The server: services over gRPC behind SM TLS, one database."""

__version__ = "0.1.0"
