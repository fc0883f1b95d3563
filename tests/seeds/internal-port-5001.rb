registry['registry_http_addr'] = "localhost:5001"
