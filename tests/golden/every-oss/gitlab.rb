external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'
registry['storage'] = {
  'oss' => { 'accesskeyid' => 'one', 'accesskeysecret' => 'hunter2', 'region' => 'oss-cn-hangzhou', 'bucket' => 'images' }
}
