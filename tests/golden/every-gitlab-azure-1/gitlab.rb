external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'gitlab'
registry['storage'] = {
  'azure' => {
    'accountname' => 'images', 'container' => 'registry', 'accountkey' => 'aHVudGVyMg==', 'realm' => 'core.windows.net',
    'rootdirectory' => '/registry', 'trimlegacyrootprefix' => true
  }
}
