external_url 'https://gitlab.example.com/gitlab/'
registry_external_url 'https://registry.example.com'
registry['nginx'] = {
  'proxy_protocol' => true,
  'real_ip_trusted_addresses' => ['10.0.0.0/8', '192.168.0.0/16'],
  'real_ip_recursive' => 'on',
  'redirect_http_to_https' => true,
  'http2_enabled' => true
}
