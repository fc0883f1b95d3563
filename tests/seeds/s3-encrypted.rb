registry['storage'] = {
  's3' => {
    'accesskey' => 'AKIAIOSFODNN7EXAMPLE',
    'secretkey' => 'wJalrXUtnFEMI',
    'bucket' => 'images',
    'region' => 'eu-central-1',
    'regionendpoint' => 'https://s3.internal',
    'encrypt' => true
  }
}
