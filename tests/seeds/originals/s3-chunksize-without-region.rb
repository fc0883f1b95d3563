registry['storage'] = {
  's3' => {
    'accesskey' => 'AKIAKIAKI',
    'secretkey' => 'secret123',
    'bucket' => 'gitlab-registry-bucket-AKIAKIAKI',
    'chunksize' => 25000000
  }
}
