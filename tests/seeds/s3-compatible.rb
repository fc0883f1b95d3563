registry['storage'] = {
  's3' => {
    'accesskey' => 'AKIAIOSFODNN7EXAMPLE',
    'secretkey' => 'wJalrXUtnFEMI',
    'bucket' => 'images',
    'region' => 'eu-central-1',
    'regionendpoint' => 'http://127.0.0.1:9000'
  }
}
