"""
What the service serves over HTTP: metrics, health, the last report.

`publication` holds the bodies, `application` answers requests with them, `server` has the sockets; `configuration`,
`tls` and `basic_auth` are the parts of ``--web.config.file``.
"""
