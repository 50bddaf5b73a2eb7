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
  consentClientHost: 'This app is published by',
  consentUnregistered: (brand: string) =>
    `${brand} does not know this app. Its name is what it calls itself; go by the addresses above.`,
  consentLoopback:
    'This is your own computer. Allow it only if you have just started this app yourself.',
  consentLogin: 'Your account',
  allow: 'Allow',
  deny: 'Do not allow',
  notYou: 'Not you?',
  useOther: 'Use another account',
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
  appsTitle: 'Apps with access',
  appsLead: 'You allowed these apps to act for you.',
  appsNone: 'You have not allowed any app to act for you.',
  appSince: (day: string) => `Since ${day}.`,
  appLastUsed: (day: string) => `Last active on ${day}.`,
  appEnd: (app: string) => `End the access of ${app}`,
  endAppTitle: (app: string) => `End the access of ${app}?`,
  endAppLead: 'It can do nothing more for you from this moment on. You can allow it again later.',
  endApp: 'End access',
  keepApp: 'Keep it',
  back: 'Back',
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
