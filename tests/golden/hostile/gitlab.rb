# Everything here looks like syntax of one of the outputs, and is none.
external_url "https://gitlab.example.com"
registry_external_url 'https://registry.example.com'
gitlab_rails['registry_issuer'] = %q({{ x }} 'a' "b" # c: [d]; \ e)
gitlab_rails['registry_path'] = '/mnt/images "of" \'us\' # 1'
registry['http_secret'] = 'a #b: "c" \\ $d'
registry['storage']['maintenance']['readonly']['enabled'] = true
registry['nginx']['proxy_set_headers'] = { 'X-Text' => 'a "b" ; } # c \\', 'X-Client' => '${remote_addr}' }
registry['nginx']['custom_gitlab_server_config'] = "location /own { return 204; }"
registry['notifications'] = [
  {
    'name' => 'geo_event', 'url' => 'https://u:p@primary.example.com/x', 'threshold' => 3, 'backoff' => '1m30s',
    'headers' => { 'Authorization' => ['first', 'last'] }
  }
]
