registry_external_url 'https://gitlab.example.com:5050'
