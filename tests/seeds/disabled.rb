registry['enable'] = false
