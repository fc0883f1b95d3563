# What `make demo` runs: a registry on loopback with a self-signed certificate.
# The ports come from the environment, so that the demo can choose free ones.
external_url 'https://gitlab.localhost'
registry_external_url "https://localhost:#{ENV.fetch('DEMO_PORT', '5443')}"

registry['registry_http_addr'] = "127.0.0.1:#{ENV.fetch('DEMO_HTTP_PORT', '5001')}"
registry['nginx']['listen_addresses'] = ['127.0.0.1']
registry['nginx']['ssl_certificate'] = '/etc/gitlab/ssl/localhost.crt'
registry['nginx']['ssl_certificate_key'] = '/etc/gitlab/ssl/localhost.key'
