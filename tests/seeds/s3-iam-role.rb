registry['storage'] = {
  's3' => {
    'bucket' => 'images',
    'region' => 'eu-central-1'
  }
}
