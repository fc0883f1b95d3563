registry['storage'] = {
  'azure' => {
    'accountname' => 'images',
    'accountkey' => 'c2VjcmV0',
    'container' => 'registry',
    'trimlegacyrootprefix' => true
  }
}
