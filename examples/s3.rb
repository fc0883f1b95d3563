# Images in an S3 bucket; the bucket must exist. Leave both keys out to use the machine's IAM role.
external_url 'https://gitlab.example.com'
registry_external_url 'https://registry.example.com'

registry['storage'] = {
  's3' => {
    'accesskey' => ENV.fetch('S3_ACCESS_KEY', 'AKIAIOSFODNN7EXAMPLE'),
    'secretkey' => ENV.fetch('S3_SECRET_KEY', 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY'),
    'bucket' => 'registry-images',
    'region' => 'eu-central-1'
  },
  'redirect' => { 'disable' => false }
}
