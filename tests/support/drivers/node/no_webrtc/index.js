// Stands in for webrtc-polyfill, whose native addon is fetched from outside the registry. The rows use TCP only.
export const RTCPeerConnection = undefined;
export const RTCSessionDescription = undefined;
export const RTCIceCandidate = undefined;
export default {};
