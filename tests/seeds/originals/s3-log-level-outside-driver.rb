registry['log_level'] = 'debug'
registry['storage'] = {
  's3' => {
    'bucket' => 'images',
    'region' => 'eu-central-1'
  },

  'loglevel' => "logdebugwithhttpbody"
}
