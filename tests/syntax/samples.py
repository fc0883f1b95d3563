"""Settings files as administrators write them; every one is valid."""

from __future__ import annotations

PLAIN = """\
## GitLab configuration settings
external_url 'https://gitlab.example.com'
gitlab_rails['time_zone'] = 'UTC'
# gitlab_rails['gitlab_email_enabled'] = true
gitlab_rails['gitlab_email_from'] = 'gitlab@example.com'
gitlab_rails['gitlab_email_display_name'] = 'Example GitLab'
gitlab_rails['smtp_enable'] = true
gitlab_rails['smtp_address'] = "smtp.example.com"
gitlab_rails['smtp_port'] = 587
gitlab_rails['smtp_user_name'] = "gitlab"
gitlab_rails['smtp_password'] = "it's a s3cret"
gitlab_rails['smtp_domain'] = "example.com"
gitlab_rails['smtp_tls'] = false

registry_external_url 'https://registry.example.com'
registry['enable'] = true
registry['registry_http_addr'] = "127.0.0.1:5000"
registry['log_level'] = "info"
gitlab_rails['registry_path'] = "/var/opt/gitlab/gitlab-rails/shared/registry"

nginx['enable'] = true
nginx['redirect_http_to_https'] = true
nginx['ssl_certificate'] = "/etc/gitlab/ssl/gitlab.example.com.crt"
nginx['listen_addresses'] = ['*', '[::]']
letsencrypt['enable'] = false
"""

STORAGE = """\
external_url "https://git.corp.example"
registry_external_url "https://git.corp.example:5050"

# where the images are
registry['storage'] = {
  's3' => {
    'accesskey' => 'AKIAEXAMPLE',
    'secretkey' => 'wJalrXUtnFEMI',
    'bucket' => 'corp-registry',
    'region' => 'eu-central-1',
    'regionendpoint' => "https://minio.corp.example:9000",
    'pathstyle' => true
  },
  'redirect' => {
    'disable' => true
  }
}
registry['notifications'] = [
  {
    'name' => 'mirror',
    'url' => 'https://mirror.corp.example/events',
    'timeout' => '500ms',
    'threshold' => 5,
    'headers' => {
      'Authorization' => ['Bearer abc']
    }
  }
]
registry['env'] = {
  "SSL_CERT_DIR" => "/opt/gitlab/embedded/ssl/certs/"
}
registry_nginx['proxy_set_headers'] = {
  "Host" => "$http_host_with_default",
  "X-Forwarded-Proto" => "https"
}
nginx['proxy_protocol'] = false
gitlab_rails['trusted_proxies'] = ['10.0.0.0/8', '192.168.1.1']
"""

LABELS = """\
external_url('http://10.0.0.5:8080')
roles ['application_role', 'redis_master_role']
registry['enable'] = true
registry['storage'] = {
  azure: {
    accountname: 'account',
    accountkey: 'key==',
    container: 'registry'
  },
  'maintenance': {
    uploadpurging: { enabled: true, age: '168h' }
  }
}
registry['uid'] = 9002
registry['debug_addr'] = 'localhost:5001'
registry['default_notifications_backoff'] = '1s'
git_data_dirs({
  "default" => { "path" => "/mnt/nas/git-data" },
  "alternative" => { "path" => "/mnt/nas2" }
})
user['username'] = 'git'
web_server['external_users'] = ['www-data']
postgresql['shared_buffers'] = "256MB"
postgresql['max_connections'] = 200
puma['worker_processes'] = 3
sidekiq['max_concurrency'] = 25
"""

COMPUTED = """\
external_url ENV.fetch('EXTERNAL', 'https://gitlab.example.com')
registry_external_url "https://#{node['fqdn']}:#{5000 + 50}"
gitlab_rails['initial_root_password'] = File.read('/etc/gitlab/one-line').gsub("\\n", "")
registry['http_secret'] = File.read('/bare').strip
registry['internal_key'] = File.read('/etc/gitlab/pem')
registry['storage']['s3']['bucket'] = 'registry-' + node['hostname']
registry['storage']['s3']['accesskey'] = ENV['SET']
registry['storage']['s3']['rootdirectory'] = "/#{ENV['PORT']}/images"
postgresql['shared_buffers'] = 4 * 1024 * 1024
gitlab_rails['ldap_enabled'] = true
gitlab_rails['ldap_servers'] = YAML.load <<-'EOS'
  main:
    label: 'LDAP'
    host: 'ldap.example.com'
    port: 389
    active_directory: true
EOS
nginx['custom_gitlab_server_config'] = <<~CONF
  location ^~ /foo {
    deny all;
  }
CONF
prometheus['enable'] = false
redis['maxclients'] = "10000"
gitlab_shell['auth_file'] = "/var/opt/gitlab/.ssh/authorized_keys"
logging['svlogd_size'] = 200 * 1024 * 1024
"""

CODE = """\
domain = 'corp.example'
secure = ENV['PORT'] != '80' && !domain.empty?
scheme = secure ? 'https' : 'http'
external_url "#{scheme}://gitlab.#{domain}"
registry_external_url "#{scheme}://registry.#{domain}"

if ENV['NOT_SET']
  registry['log_level'] = 'debug'
elsif domain =~ /\\.example\\z/
  registry['log_level'] = 'info'
else
  registry['log_level'] = 'warn'
end

unless domain.empty?
  nginx['listen_https'] = false
end

hosts = %w(one two)
hosts.each do |host|
  registry[host] = {
    'address' => "#{host}.#{domain}",
    'port' => 5000
  }
end
{ 'a' => 1, 'b' => 2 }.each { |key, value| nginx[key] = value * 2 }
registry['mirrors'] = hosts.map { |host| "https://#{host}.#{domain}" }
registry['first'], registry['last'] = hosts
registry['tags'] = [*hosts, 'latest']
registry['tags'] << 'edge'
registry['tags'] += ['stable']
retries = nil
retries ||= 3
registry['retries'] = retries
name = case domain
when /corp/ then 'corp'
else 'other'
end
registry['name'] = name
nginx['workers'] = ENV.fetch('PORT', '4').to_i if secure
nginx['cidrs'] = '10.0.0.0/8, 192.168.0.0/16'.split(',').map(&:strip)
from_file '/etc/gitlab/included.rb'
"""

CLUSTER = """\
require 'json'

# one file for every node of the cluster
nodes = {
  'host' => { address: '10.0.0.1', roles: %w(web registry) },
  'other' => { address: '10.0.0.2', roles: %w(web) },
}
here = nodes.fetch(node['hostname'], { address: '127.0.0.1', roles: [] })
region = ENV.fetch('REGION') { 'eu-central-1' }
debug = %w(1 true yes).include?(ENV['DEBUG'].to_s.downcase)
peers = nodes.values.map { |one| one[:address] }.reject(&:empty?).sort

external_url 'https://gitlab.example.com'
registry_external_url(ENV['REGISTRY_URL'] || 'https://registry.example.com:5050')

registry['enable'] = here[:roles].include?('registry')
registry['registry_http_addr'] = format('%s:%d', here[:address], 5000)
registry['log_level'] = debug ? 'debug' : 'info'
registry['storage'] = case region
when 'eu-central-1', /\\Aus-/
  {
    's3' => {
      'bucket' => "registry-#{region}",
      'region' => region,
      'accesskey' => ENV['SET'].to_s.strip,
    },
  }
else
  { 'filesystem' => { 'rootdirectory' => '/srv/registry' } }
end

if here[:roles].include?('web') && peers.length > 1
  peers.each_with_index do |address, index|
    next if address == here[:address]
    gitlab_rails["peer_#{index}"] = {
      'address' => address,
      'weight' => 10 * (index + 1),
      'tags' => ['web', "peer-#{index}"],
    }
  end
  nginx['real_ip_trusted_addresses'] = peers.map { |address| "#{address}/32" }
  nginx['custom_nginx_config'] = <<~NGINX
    upstream peers {
      #{peers.map { |address| "server #{address}:8080;" }.join("\\n  ")}
    }
  NGINX
else
  nginx['enable'] = false
end

unless debug
  logging['svlogd_size'] = 200 * 1024 ** 2
end

[['puma', 2], ['sidekiq', 4]].each do |name, count|
  if name == 'puma'
    puma['worker_processes'] = count
  else
    sidekiq['max_concurrency'] = count * 5
  end
end

gitlab_rails['env'] = Hash[ENV.select { |name, _| name.start_with?('GITLAB_') }.map { |name, value|
  [name.sub(/\\AGITLAB_/, ''), value]
}]
gitlab_rails['extra'] = JSON.parse('{"theme": 2, "links": [1, 2]}')
password = '/etc/gitlab/one-line'
gitlab_rails['initial_root_password'] = File.read(password).chomp if File.exist?(password)
postgresql['listen_address'] = peers.first&.sub(/\\.\\d+\\z/, '.0') || 'localhost'
"""

SAMPLES = {
    "plain": PLAIN,
    "storage": STORAGE,
    "labels": LABELS,
    "computed": COMPUTED,
    "code": CODE,
    "cluster": CLUSTER,
}
