"""Where the tests take place: the browser, the dealerships' websites, the people."""
