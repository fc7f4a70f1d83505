/** What went wrong with a request, in words for staff. */
export class ApiError extends Error {
  /** `problem`: the body of an RFC 9457 answer; `status` 0: nobody answered. */
  constructor(status, problem = {}) {
    super(problem.detail ?? (status === 0 ? "The server does not answer." : `The server answered ${status}.`));
    Object.assign(this, { status, code: problem.code ?? "", field: problem.field ?? null, problem });
  }

  /** The outcome is not known or the server is busy: the same request may simply be repeated. */
  get isPassing() {
    return this.status === 0 || this.status === 408 || this.status === 429 || this.status >= 500;
  }
}

/** Longest wait for an answer: the servers themselves give up after 5 s. */
const TIMEOUT_MS = 20_000;

/** The services, as this member of staff. */
export class Api {
  /** `{ingest?, qualification?, support}`, from the server's configuration. */
  places = { support: {} };
  /** Of the last thing that staff did, or that failed. */
  lastCorrelationId = null;
  #session;

  constructor(session) {
    this.#session = session;
  }

  async configure() {
    const answer = await fetch("/console.json").catch(() => { throw new ApiError(0); });
    if (!answer.ok) throw new ApiError(answer.status);
    this.places = await answer.json();
  }

  me(token) {
    return this.#fetch("GET", "/v1/me", undefined, { token });
  }

  get(path, query = {}) {
    return this.call("GET", path, undefined, { query });
  }

  post(path, body = {}) {
    return this.call("POST", path, body);
  }

  /** Another service that staff's pages may call. */
  get qualification() {
    const base = this.places.qualification;
    if (!base) throw new ApiError(0, { detail: "This console was started without qualification." });
    return {
      get: (path, query = {}) => this.call("GET", path, undefined, { query, base }),
      post: (path, body) => this.call("POST", path, body, { base }),
    };
  }

  /** Throws an ApiError. An answer that the token is not good ends the session. */
  async call(method, path, body, { query = {}, base = "" } = {}) {
    const { token, dealership } = this.#session;
    try {
      return await this.#fetch(method, path, body, { token, base, query: { dealership: dealership.id, ...query } });
    } catch (error) {
      if (error.status === 401 && token === this.#session.token) this.#session.end();
      throw error;
    }
  }

  /** The bytes of a file. Throws an ApiError. */
  async file(path) {
    const { token, dealership } = this.#session;
    const query = new URLSearchParams({ dealership: dealership.id });
    const headers = { Authorization: `Bearer ${token}` };
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const answer = await fetch(`${path}?${query}`, { headers, signal }).catch(() => { throw new ApiError(0); });
    if (!answer.ok) throw new ApiError(answer.status, await answer.json().catch(() => ({})));
    return answer.blob().catch(() => { throw new ApiError(0); });
  }

  async #fetch(method, path, body, { token, base = "", query = {} }) {
    const search = new URLSearchParams(query).toString();
    const headers = { Authorization: `Bearer ${token}`, ...(body ? { "Content-Type": "application/json" } : {}) };
    let answer;
    try {
      answer = await fetch(base + path + (search && `?${search}`), {
        method, headers, body: body && JSON.stringify(body), signal: AbortSignal.timeout(TIMEOUT_MS), cache: "no-store",
      });
    } catch {
      throw new ApiError(0);
    }
    // What the page asks by itself every few seconds would hide what staff did, or what failed.
    if (method !== "GET" || !answer.ok || this.lastCorrelationId === null) {
      this.lastCorrelationId = answer.headers.get("X-Correlation-Id") ?? this.lastCorrelationId;
    }
    if (answer.status === 204) return null;
    const value = await answer.json().catch(() => null);
    if (answer.ok && value !== null) return value;
    throw new ApiError(answer.ok ? 0 : answer.status, value ?? {});
  }
}
