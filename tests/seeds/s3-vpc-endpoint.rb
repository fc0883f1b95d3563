registry['storage'] = {
  's3' => {
    'accesskey' => 'AKIAIOSFODNN7EXAMPLE',
    'secretkey' => 'wJalrXUtnFEMI',
    'bucket' => 'images',
    'region' => 'eu-central-1',
    'regionendpoint' => 'https://vpce-1a2b-3c4d.s3.eu-central-1.vpce.amazonaws.com',
    'pathstyle' => false
  }
}
