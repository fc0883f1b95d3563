external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
ctl['registry_flavour'] = 'distribution-3'
registry['storage'] = {
  'azure' => {
    'accountname' => 'images', 'container' => 'registry', 'accountkey' => 'aHVudGVyMg==',
    'connectionstring' => 'DefaultEndpointsProtocol=https;AccountName=images;AccountKey=aHVudGVyMg=='
  }
}
