# What other sections say that concerns the registry too: logs, nginx, directories.
external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'

logging['svlogd_size'] = 50 * 1024 * 1024
logging['svlogd_filter'] = 'xz'
logging['log_group'] = 'adm'
logging['udp_log_shipping_host'] = '192.0.2.20'
logging['udp_log_shipping_hostname'] = 'node1'
logging['logrotate_frequency'] = 'weekly'
logging['logrotate_rotate'] = 8
logging['logrotate_size'] = '100M'
logging['logrotate_compress'] = 'nocompress'
registry['svlogd_num'] = 5

nginx['dir'] = '/srv/nginx'
nginx['log_directory'] = '/srv/log/nginx'
nginx['worker_processes'] = 4
nginx['worker_connections'] = 2048
nginx['server_names_hash_bucket_size'] = 256
nginx['log_format'] = '$remote_addr "$request_method $filtered_request_uri" $status "$filtered_http_referer"'
nginx['custom_nginx_config'] = '  gzip off;'

gitlab_rails['dir'] = '/srv/gitlab'
gitlab_rails['shared_path'] = '/srv/shared'
manage_storage_directories['enable'] = false
