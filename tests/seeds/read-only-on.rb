registry['storage'] = {
  'filesystem' => {
    'rootdirectory' => "/mnt/registry/storage"
  },
  'maintenance' => {
    'readonly' => {
      'enabled' => true
    }
  }
}
