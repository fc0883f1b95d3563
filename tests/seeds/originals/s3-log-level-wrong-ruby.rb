registry['log_level'] = 'debug'

# Set log level for registry log from storage side
registry['storage'] = {
  's3' => {
    'bucket' => 'your-s3-bucket',
    'region' => 'your-s3-region'
  },

  'loglevel' = "logdebugwithhttpbody"
}
