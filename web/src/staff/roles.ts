/** Which roles stand together, as the access table groups them; for `hasRole`. */

export const CLERKS = ['window_clerk', 'station_clerk']
export const DEPARTMENT = ['acceptor', 'reviewer', 'chief_representative']
export const WATCHERS = ['supervisor', 'office']
