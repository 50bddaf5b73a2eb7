// Not by window.opener, which is gone when the sign-in went through another provider's pages.
const channel = new BroadcastChannel('latchkey-docs');
channel.postMessage(location.search);
// The code is good once, and need not stay in the history.
history.replaceState(null, '', location.pathname);
window.close();
