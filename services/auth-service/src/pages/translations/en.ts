/** The texts of the hosted pages. `zh.ts` has the same. */
export const en = {
  language: 'English',
  signInTitle: 'Sign in',
  signInTo: (client: string) => `to continue to ${client}`,
  signInHere: (brand: string) => `Your ${brand} account`,
  username: 'Username',
  password: 'Password',
  signIn: 'Sign in',
  noAccount: 'No account yet?',
  signUp: 'Create an account',
  signUpTitle: 'Create an account',
  usernameHint: {
    any: '2 to 64 letters, digits, dots, dashes or underscores, or an email address.',
    names: '2 to 64 letters, digits, dots, dashes or underscores.',
    emails: 'Your email address.',
  },
  passwordHint: 'At least 8 characters. A few words in a row are easy to keep in mind.',
  haveAccount: 'Have an account already?',
  signInInstead: 'Sign in instead',
  consentTitle: (client: string) => `${client} asks for access`,
  consentLead: (username: string) =>
    `You are signed in as ${username}. If you allow it, this app may:`,
  consentHost: 'The answer goes to',
  consentLoopback:
    'This is your own computer. Allow it only if you have just started this app yourself.',
  consentLogin: 'Your account',
  allow: 'Allow',
  deny: 'Do not allow',
  notYou: 'Not you?',
  useOther: 'Use another account',
  deviceTitle: 'Connect a device',
  deviceLead: (username: string) =>
    `You are signed in as ${username}. Enter the code that the device shows.`,
  deviceCode: 'Code',
  deviceCodeHint: '8 letters, as BCDF-GHJK. Only a code from a device in front of you.',
  deviceCodeWrong: 'This code is wrong or has expired. Look at the device, or start there anew.',
  continue: 'Continue',
  deviceAsks: (username: string) =>
    `You are signed in as ${username}. Compare this code with the one on the device:`,
  deviceWarning:
    'Allow it only if you have just started this yourself, on a device in front of you. If somebody sent you the code or a link, they would get into your account.',
  deviceAgent: 'The device calls itself',
  deviceAddress: 'Its network address',
  deviceTime: 'Asked for',
  unknown: 'unknown',
  minutesAgo: (minutes: number) =>
    minutes === 0
      ? 'less than a minute ago'
      : `${minutes} ${minutes === 1 ? 'minute' : 'minutes'} ago`,
  deviceMay: 'If you allow it, this app may:',
  deviceAllowedTitle: 'The device is connected',
  deviceAllowedLead: 'Go back to it: it goes on in a few seconds. You can close this page.',
  deviceDeniedTitle: 'The device gets no access',
  deviceDeniedLead: 'You can close this page.',
  signInWith: (provider: string) => `Sign in with ${provider}`,
  newcomerLead: (provider: string) =>
    `${provider} has said who you are. Choose the username that you go by here.`,
  connectInstead: 'Connect it instead',
  connectTitle: (provider: string) => `Sign in with ${provider}`,
  connected: (username: string, provider: string) =>
    `${username} can sign in with ${provider} as well as with the password.`,
  notConnected: (username: string, provider: string) =>
    `Connect ${username} with your account at ${provider}, to sign in without a password from then on.`,
  connect: 'Connect',
  disconnect: 'Disconnect',
  back: 'Back',
  upstreamAway: (provider: string) =>
    `${provider} cannot be reached right now. Sign in with your password, or try again in a moment.`,
  upstreamRefused: (provider: string) =>
    `${provider} did not sign you in. Sign in with your password, or try once more.`,
  upstreamTaken: (provider: string) =>
    `This account at ${provider} is connected with another account here. Disconnect it there first.`,
  upstreamOnly: (provider: string) =>
    `You have no password: without ${provider} you could not sign in.`,
  upstreamClosed: 'This account is closed.',
  signedInTitle: 'You are signed in',
  signedInAs: (username: string) => `as ${username}. You can close this page.`,
  signOut: 'Sign out',
  signOutTitle: 'Sign out?',
  signOutLead: (username: string) =>
    `You are signed in as ${username}. Apps that you use in this browser will be signed out too.`,
  stay: 'Stay signed in',
  signedOutTitle: 'You are signed out',
  signedOutLead: 'You can close this page.',
  signInAgain: 'Sign in again',
  leavingTitle: 'One moment',
  leavingLead: 'You are on your way to',
  errorTitle: 'This did not work',
  errorRequest:
    'The app sent a request that cannot be answered. Go back to it and try once more. If it happens again, its developer can use this detail:',
  errorForm:
    'This page was open for too long, or cookies are switched off. Go back, load the page anew and try once more.',
  errorOurs: 'Something went wrong on our side. Wait a moment, then try again.',
  errorBusy: 'There is a lot going on right now. Wait a moment, then try again.',
  errorReference: 'Reference',
  summaryTitle: 'There is a problem',
  wrongLogin: 'Wrong username or password.',
  missing: 'Fill in this field.',
  tooLong: 'This is too long.',
  tooMany: (seconds: number) =>
    `Too many attempts. Wait ${seconds} ${seconds === 1 ? 'second' : 'seconds'}, then try again.`,
  tooBusy: 'Many people are signing in right now. Wait a moment, then try again.',
  usernameTaken: 'This username is taken. Choose another one.',
  passwordIsUsername: 'The password is too much like the username. Choose another one.',
  /** Of this service's own scopes; those of others are as their `service.json` has them. */
  scopes: {
    openid: 'Know that it is you',
    profile: 'Know your username',
    'account:read': 'Read your profile and your sessions',
    'account:write': 'Change your password and end your sessions',
    admin: 'Administer people, clients and keys',
    offline_access: 'Stay connected when you are away, until you end it',
  } as Record<string, string>,
  /** By the rule as the API states it. */
  rules: {
    'is reserved; choose another one': 'This username is reserved. Choose another one.',
    'must be 2 to 64 letters, digits, dots, dashes or underscores, or an email address':
      'Use 2 to 64 letters, digits, dots, dashes or underscores, or an email address.',
    'must be 2 to 64 letters, digits, dots, dashes or underscores':
      'Use 2 to 64 letters, digits, dots, dashes or underscores.',
    'must be an email address': 'Use an email address.',
    'must have 8 to 1024 characters': 'Use at least 8 characters.',
    'is one of the most common passwords; choose another one':
      'This is one of the most common passwords. Choose another one.',
    'must be well-formed text': 'This contains characters that cannot be used.',
  },
};

export type Translation = typeof en;
/** How the API states what is wrong with a username or a password. */
export type Rule = keyof Translation['rules'];
