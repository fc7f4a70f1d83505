enum ConsoleStyle {
    static let text = #"""
        :root { color-scheme: light dark; --line: #8884; --accent: #2a62c9; font: 14px/20px system-ui, sans-serif; }
        * { box-sizing: border-box; }
        body { margin: 0; }
        h1, h2 { font-size: 16px; line-height: 24px; margin: 0; }
        [hidden] { display: none !important; }
        .quiet { position: absolute; left: -9999px; }
        textarea, input, button { font: inherit; color: inherit; padding: 8px; border-radius: 8px;
          border: 1px solid var(--line); background: transparent; }
        button { cursor: pointer; }
        button[aria-pressed="true"], form button { background: var(--accent); border-color: var(--accent);
          color: #fff; }
        :focus-visible { outline: 2px solid var(--accent); outline-offset: 1px; }
        #login { max-width: 420px; margin: 15vh auto; padding: 16px; display: grid; gap: 12px; }
        #login textarea { width: 100%; }
        #app { display: grid; grid-template-columns: 320px 1fr; height: 100vh; }
        nav { border-right: 1px solid var(--line); display: flex; flex-direction: column; min-height: 0; padding: 8px;
          gap: 8px; }
        #filters { display: flex; flex-wrap: wrap; gap: 4px; }
        #filters button { padding: 2px 8px; font-size: 12px; }
        #list, #thread { list-style: none; margin: 0; padding: 0; overflow: auto; flex: 1; }
        #list button { width: 100%; text-align: left; display: block; border-color: transparent; }
        #list .meta, #thread .meta { font-size: 12px; line-height: 16px; opacity: .75; }
        #list .last { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
        #list .unread .name { font-weight: 600; }
        .icon { display: inline-block; width: 12px; height: 10px; border-radius: 4px 4px 4px 0; background: #f5b400; }
        .dot { display: inline-block; width: 10px; height: 10px; border-radius: 50%; background: #17a34a; }
        .dot.unknown { background: transparent; border: 2px solid #888; }
        main { display: flex; flex-direction: column; min-height: 0; padding: 8px 16px; gap: 8px; }
        #state:empty { display: none; }
        #state { margin: 0; }
        #head { display: flex; gap: 8px; align-items: center; flex-wrap: wrap; }
        #head h2 { flex: 1; }
        #thread li { max-width: 680px; margin: 4px 0; }
        #thread .text { display: inline-block; padding: 8px 12px; border-radius: 14px; border: 1px solid var(--line);
          white-space: pre-wrap; overflow-wrap: anywhere; }
        #thread .staff { margin-left: auto; text-align: right; }
        #thread .staff .text { background: var(--accent); color: #fff; text-align: left; }
        #draft { margin: 0; border: 1px dashed var(--line); border-radius: 14px; padding: 8px 12px; opacity: .7;
          max-width: 680px; white-space: pre-wrap; overflow-wrap: anywhere; }
        #reply { display: flex; gap: 8px; }
        #reply textarea { flex: 1; }
        @media (max-width: 720px) { #app { grid-template-columns: 1fr; grid-template-rows: 40vh 1fr; } }

        """#
}
