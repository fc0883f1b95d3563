registry['storage'] = {
  'gcs' => {
    'bucket' => 'BUCKET_NAME',
    'keyfile' => 'PATH/TO/KEYFILE',
    # 'rootdirectory' => '/gcs/object/name/prefix'
  }
}
