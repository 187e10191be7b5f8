"""What can be wrong with how the server is set up."""

from __future__ import annotations


class WebConfigError(Exception):
    """
    The web configuration does not make sense, or names what cannot be used.

    The message begins with the file and the spot: ``web.yml: tls_server_config.key_file: …``.
    """
