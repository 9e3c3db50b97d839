-- For which client a code was made (RFC 6749 section 4.1.3): no other may use it. A refresh token's client is its session's. Codes that exist were the command line's, the only client there was.
alter table platform.authorization_codes add column client text not null default 'beffroi-cli';
alter table platform.authorization_codes alter column client drop default;
