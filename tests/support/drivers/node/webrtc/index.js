// Stands in for webrtc-polyfill, whose native addon is fetched from outside the registry: the same classes from a
// package that carries its binary. Where there is none for the machine, webtorrent goes on with TCP only.
const wrtc = await import("@roamhq/wrtc").then((module) => module.default, () => ({}));
export const RTCPeerConnection = wrtc.RTCPeerConnection;
export const RTCSessionDescription = wrtc.RTCSessionDescription;
export const RTCIceCandidate = wrtc.RTCIceCandidate;
export default wrtc;
