// A certificate for localhost and 127.0.0.1, good until 2126, its key, and who signed it: for tests of HTTPS, worth nothing
// elsewhere.

import type { TempDir } from "./temp_dir.ts";

export const TEST_CA = `-----BEGIN CERTIFICATE-----
MIIBjjCCATOgAwIBAgIUWL4/oB+xgJygeteAqwsu8TOD2gYwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQU2VlZGxpbmcgdGVzdCBDQTAgFw0yNjExMjQxOTQ3NTRaGA8y
MTI2MTAzMTE5NDc1NFowGzEZMBcGA1UEAwwQU2VlZGxpbmcgdGVzdCBDQTBZMBMG
ByqGSM49AgEGCCqGSM49AwEHA0IABEzKGMudpCT+bec7BchQuwoLUAV3G7mPqHGc
LiNZPN9qlyIY/eXecwjJjfup6gyS5/aVdyfa9/MUH2diSFZ3BMujUzBRMB0GA1Ud
DgQWBBQgs5H5aHVCzTPXXk672AHScJGrfTAfBgNVHSMEGDAWgBQgs5H5aHVCzTPX
Xk672AHScJGrfTAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0kAMEYCIQDb
EupOJsL6xedawqbLdKYvlq9aQ8HhfJGT4CB3nO4hCgIhAIs5SC3OW+y05wCxFefE
L0583gsnrFqzy7xgI5rx5l18
-----END CERTIFICATE-----
`;

export const TEST_CERT = `-----BEGIN CERTIFICATE-----
MIIBtTCCAVugAwIBAgIUJPT0RxcnxqO2aDI7p0HTVLkaw6UwCgYIKoZIzj0EAwIw
GzEZMBcGA1UEAwwQU2VlZGxpbmcgdGVzdCBDQTAgFw0yNjExMjQxOTQ3NTRaGA8y
MTI2MTAzMTE5NDc1NFowFDESMBAGA1UEAwwJbG9jYWxob3N0MFkwEwYHKoZIzj0C
AQYIKoZIzj0DAQcDQgAEXZtmzj/b4flWDmEif5yFLhNbehD2tuHz+NI0ucY3eWpC
pCA6UnR31gMHXeIcbT2RfR0X/bWSNypcmC5BErLlc6OBgTB/MBoGA1UdEQQTMBGC
CWxvY2FsaG9zdIcEfwAAATAMBgNVHRMBAf8EAjAAMBMGA1UdJQQMMAoGCCsGAQUF
BwMBMB0GA1UdDgQWBBTkGroeRyNxhdGMb+rzq62QLTsOvzAfBgNVHSMEGDAWgBQg
s5H5aHVCzTPXXk672AHScJGrfTAKBggqhkjOPQQDAgNIADBFAiEAjTVZDwAvdvT+
wZIZoEQ8ktgFIgXLA13VqiDPSazsVa0CICbtB+aKSN/D1kkPEB1uLPaWeB/1I8m0
zBK2hHNvmKCN
-----END CERTIFICATE-----
`;

export const TEST_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgHCAE4I9ClumpPbp7
0LgOCTpMK+gA6PHTaV1E6DlFQx+hRANCAARdm2bOP9vh+VYOYSJ/nIUuE1t6EPa2
4fP40jS5xjd5akKkIDpSdHfWAwdd4hxtPZF9HRf9tZI3KlyYLkESsuVz
-----END PRIVATE KEY-----
`;

/** Another certificate for the same names, which signs itself, and its key. */
export const SECOND_CERT = `-----BEGIN CERTIFICATE-----
MIIBmjCCAUGgAwIBAgIUEm/tKUT3EhKAXvF4pLkhzgn0EmIwCgYIKoZIzj0EAwIw
FDESMBAGA1UEAwwJbG9jYWxob3N0MCAXDTI2MTEyNDIyMjEyMVoYDzIxMjYxMDMx
MjIyMTIxWjAUMRIwEAYDVQQDDAlsb2NhbGhvc3QwWTATBgcqhkjOPQIBBggqhkjO
PQMBBwNCAARR5oAdD/L/s3/volV/bIHAokCzaAIIJLokgibqgS/DoYp4RC1OkkfV
lFYUueoNpTcIBFwmQfRuJ17u31US8rIDo28wbTAdBgNVHQ4EFgQUhxattMEijErR
sF+5BSeSsO+VebAwHwYDVR0jBBgwFoAUhxattMEijErRsF+5BSeSsO+VebAwDwYD
VR0TAQH/BAUwAwEB/zAaBgNVHREEEzARgglsb2NhbGhvc3SHBH8AAAEwCgYIKoZI
zj0EAwIDRwAwRAIgNXAqdBLlPp/FKht4QrYqplti/7u+SeqEwBCkAwkRWLkCIE80
1DdWr9E6zoAfUFgW47Z+6xTqOYZ1Xar1xSDV+OyT
-----END CERTIFICATE-----
`;

export const SECOND_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgjsgi0lCmphZbaWAl
REbVBbVVolKjE2AmqP5Q2qZu1buhRANCAARR5oAdD/L/s3/volV/bIHAokCzaAII
JLokgibqgS/DoYp4RC1OkkfVlFYUueoNpTcIBFwmQfRuJ17u31US8rID
-----END PRIVATE KEY-----
`;

/** Writes the certificate and its key into a folder: where they are, and what puts another pair in their place. */
export async function writeTestCert(dir: TempDir): Promise<{
  tls: { cert: string; key: string };
  write(cert: string, key: string): Promise<void>;
}> {
  const tls = { cert: dir.join("cert.pem"), key: dir.join("key.pem") };
  const write = async (cert: string, key: string) => {
    await Deno.writeTextFile(tls.cert, cert);
    await Deno.writeTextFile(tls.key, key);
  };
  await write(TEST_CERT, TEST_KEY);
  return { tls, write };
}
