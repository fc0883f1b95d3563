registry['storage'] = {
  'gcs' => {
    'bucket' => 'images',
    'keyfile' => '/etc/gitlab/gcs.json',
    # 'rootdirectory' => '/gcs/object/name/prefix'
  }
}
