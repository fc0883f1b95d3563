# A registry under GitLab's own domain, on a port of its own, with GitLab's certificate.
external_url 'https://gitlab.example.com'
registry_external_url 'https://gitlab.example.com:5050'

registry['nginx']['ssl_certificate'] = '/etc/gitlab/ssl/gitlab.example.com.crt'
registry['nginx']['ssl_certificate_key'] = '/etc/gitlab/ssl/gitlab.example.com.key'
