# HTTP/2 at every address of both families, for which nginx 1.22 and 1.26 are told otherwise.
external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com:5050'
registry['nginx'] = {
  'http2_enabled' => true,
  'listen_addresses' => ['*', '[::]'],
  'redirect_http_to_https' => true,
  'health_check_by_address' => true,
  'server_names' => ['images.example.com']
}
