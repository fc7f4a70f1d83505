enum ConsoleHTML {
    static let text = #"""
        <!doctype html>
        <html lang="en">
        <head>
          <meta charset="utf-8">
          <meta name="viewport" content="width=device-width, initial-scale=1">
          <title>DirectChat conversations</title>
          <link rel="stylesheet" href="/console.css">
          <script src="/console.js" defer></script>
        </head>
        <body>
          <form id="login">
            <h1>Conversations</h1>
            <label>Staff token <textarea id="token" rows="4" autocomplete="off" spellcheck="false"></textarea></label>
            <button>Open</button>
          </form>
          <div id="app" hidden>
            <nav>
              <label class="quiet" for="search">Search</label>
              <input id="search" type="search" placeholder="Name, phone, message" maxlength="100">
              <div id="filters" role="group" aria-label="Filter"></div>
              <ul id="list" aria-label="Conversations"></ul>
            </nav>
            <main>
              <p id="state" role="status"></p>
              <header id="head" hidden>
                <h2 id="title"></h2>
                <button data-do="assign">Assign to me</button>
                <button data-do="ignore">Ignore</button>
                <button data-do="close">Close</button>
                <button data-do="reopen">Reopen</button>
              </header>
              <ol id="thread" aria-live="polite" aria-label="Messages"></ol>
              <p id="draft" hidden></p>
              <form id="reply" hidden>
                <label class="quiet" for="text">Your reply</label>
                <textarea id="text" rows="3" maxlength="4000" placeholder="Type a message"></textarea>
                <button>Send</button>
              </form>
            </main>
          </div>
        </body>
        </html>

        """#
}
