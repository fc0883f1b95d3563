external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
registry_nginx['listen_port'] = 5080
registry_nginx['listen_https'] = false
registry_nginx['proxy_set_headers'] = { 'Host' => nil, 'X-Foo' => 'bar', 'X-Forwarded-Ssl' => nil }
