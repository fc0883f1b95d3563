external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['storage'] = {
  'azure_v2' => {
    'accountname' => 'images', 'accountkey' => 'c2VjcmV0', 'container' => 'registry',
    'realm' => 'core.usgovcloudapi.net', 'trimlegacyrootprefix' => true
  },
  'redirect' => { 'disable' => true }
}
