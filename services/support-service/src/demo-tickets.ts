interface DemoTicket {
  from: 'wangerge' | 'mei';
  subject: string;
  /** Words of the todo that it is about. */
  aboutTodo?: string;
  /** The customer's comes first. */
  messages: { by: 'customer' | 'agent'; text: string }[];
  isClosed?: boolean;
}

/** What customers of a shop ask about. */
export const DEMO_TICKETS: readonly DemoTicket[] = [
  {
    from: 'wangerge',
    subject: 'I was charged twice',
    messages: [
      { by: 'customer', text: 'My card shows order 4711 twice. I ordered one coffee machine.' },
      {
        by: 'agent',
        text: 'Sorry about that! One of the two is a reservation, which your bank removes within three days. You pay once.',
      },
      { by: 'customer', text: 'It is gone now. Thank you for the quick answer.' },
    ],
    isClosed: true,
  },
  {
    from: 'wangerge',
    subject: 'Can the delivery come in the afternoon?',
    aboutTodo: 'at home for the delivery',
    messages: [
      {
        by: 'customer',
        text: 'Order 4711 arrives on Thursday between 10 and 12, and I am at work until one.',
      },
      { by: 'agent', text: 'Thursday between 14 and 16 is free. Shall I move it there?' },
    ],
  },
  {
    from: 'wangerge',
    subject: 'Which filters fit my machine?',
    messages: [
      { by: 'customer', text: 'I see sizes 2 and 4 in the shop. Which one do I need?' },
      { by: 'agent', text: 'Size 4. A pack of 80 lasts about three months for two people.' },
      { by: 'customer', text: 'And is there one that can be washed and used again?' },
    ],
  },
  {
    from: 'mei',
    subject: 'The left side of my headphones is silent',
    aboutTodo: 'headphones',
    messages: [
      {
        by: 'customer',
        text: 'I bought them two weeks ago. The right side is fine; another cable makes no difference.',
      },
    ],
  },
  {
    from: 'wangerge',
    subject: 'Signed in on an old phone',
    messages: [
      { by: 'customer', text: 'I sold my phone last week. Is it still signed in to my account?' },
    ],
  },
  {
    from: 'mei',
    subject: 'Invoice with my company’s address',
    messages: [
      { by: 'customer', text: 'Could I have the invoice of order 4802 with my company’s address?' },
      { by: 'agent', text: 'Of course. Which address should it be?' },
    ],
  },
];
