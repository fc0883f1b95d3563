external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['storage'] = {
  'azure_v2' => { 'accountname' => 'images', 'container' => 'registry', 'accountkey' => 'aHVudGVyMg==', 'legacyrootprefix' => true }
}
