/** What FreeSWITCH takes for a uuid is any word (`origination_uuid`); this is what may be a key and stand in a command. */
export const uuidForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
