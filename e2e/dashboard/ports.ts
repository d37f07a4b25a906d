/** Fixed ports of the tests' own servers; nothing else of the project uses them. */
export const API_PORT = 7191
export const WEB_PORT = 7190
export const API = `http://127.0.0.1:${API_PORT}`
export const WEB = `http://127.0.0.1:${WEB_PORT}`
