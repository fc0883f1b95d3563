external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
registry['storage'] = {
  'filesystem' => { 'rootdirectory' => '/srv/registry', 'maxthreads' => 100 },
  'maintenance' => { 'uploadpurging' => { 'enabled' => true, 'age' => '168h', 'interval' => '24h', 'dryrun' => false } }
}
registry['storage_delete_enabled'] = true
registry['autoredirect'] = false
registry['health_storagedriver_enabled'] = false
registry['validation_enabled'] = false
registry['compatibility_schema1_enabled'] = false
registry['rootcertbundle'] = '/etc/gitlab/registry-bundle.crt'
registry['username'] = 'images'
registry['group'] = 'images'
registry['uid'] = 1501
registry['gid'] = 1501
registry['dir'] = '/srv/registry-home'
registry['shell'] = '/usr/sbin/nologin'
registry['log_directory'] = '/var/log/registry'
registry['log_group'] = 'adm'
registry['env_directory'] = '/opt/gitlab/etc/registry/environment'
registry['svlogd_size'] = 1048576
registry['svlogd_num'] = 5
registry['svlogd_timeout'] = 3600
registry['svlogd_filter'] = 'gzip'
registry['svlogd_udp'] = '192.0.2.1:514'
registry['svlogd_prefix'] = 'registry'
registry['default_notifications_threshold'] = 5
registry['nginx'] = {
  'enable' => true, 'https' => true, 'listen_https' => true, 'fqdn' => 'registry.example.com',
  'server_names' => ['registry.example.com', 'images.example.com'], 'health_check_by_address' => true,
  'redirect_http_to_https' => true, 'redirect_http_to_https_port' => 8080, 'ssl_ciphers' => 'ECDHE-RSA-AES128-GCM-SHA256',
  'ssl_protocols' => 'TLSv1.3', 'ssl_prefer_server_ciphers' => 'on', 'ssl_session_cache' => 'shared:SSL:20m',
  'ssl_session_tickets' => 'off', 'ssl_session_timeout' => '1h', 'ssl_dhparam' => '/etc/gitlab/ssl/dhparams.pem',
  'ssl_ecdh_curve' => 'X25519', 'ssl_password_file' => '/etc/gitlab/ssl/passwords', 'hsts_max_age' => 3600,
  'hsts_include_subdomains' => true, 'real_ip_header' => 'X-Forwarded-For', 'error_log_level' => 'warn',
  'real_ip_trusted_addresses' => ['192.0.2.0/24'],
  'log_directory' => '/var/log/registry-nginx', 'dir' => '/srv/nginx', 'client_max_body_size' => '0',
  'proxy_read_timeout' => 900, 'proxy_connect_timeout' => 300, 'proxy_custom_buffer_size' => '8k',
  'proxy_cache' => 'off', 'gzip_enabled' => true, 'gzip_comp_level' => '2', 'gzip_http_version' => '1.1',
  'gzip_proxied' => 'any', 'gzip_types' => ['text/plain'], 'referrer_policy' => 'same-origin',
  'request_buffering_off_path_regex' => '/api'
}
nginx['enable'] = true
nginx['hide_server_tokens'] = 'on'
web_server['username'] = 'gitlab-www'
web_server['group'] = 'gitlab-www'
user['username'] = 'git'
user['group'] = 'git'
logging['svlogd_num'] = 10
logging['svlogd_timeout'] = 7200
logging['svlogd_udp'] = '192.0.2.2:514'
logging['svlogd_prefix'] = 'gitlab'
logging['udp_log_shipping_port'] = 1514
logging['logrotate_maxsize'] = '300M'
logging['logrotate_method'] = 'copytruncate'
logging['logrotate_postrotate'] = 'true'
logging['logrotate_dateformat'] = '-%Y%m%d'
manage_accounts['enable'] = false
manage_storage_directories['manage_etc'] = true
package['generate_default_secrets'] = true
package['generate_secrets_json_file'] = true
postgresql['enable'] = false
postgresql['dir'] = '/var/opt/gitlab/postgresql'
ctl['registry_binary'] = '/usr/bin/docker-registry'
ctl['nginx_binary'] = '/usr/sbin/nginx'
ctl['drain_timeout'] = '30s'
ctl['allow_unknown'] = []
ctl['keep_generations'] = 4
ctl['storage_directories'] = ['/mnt/second']
